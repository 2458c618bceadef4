import type { Plugin } from 'millrace/plugin'
import { byteArrayConverter } from './byte-array.js'
import { jsonConverter } from './json.js'
import { plainConverters } from './primitive.js'
import { simpleHeaderConverter } from './simple-header.js'
import { stringConverter } from './string.js'

const plugins: readonly Plugin[] = [
  stringConverter,
  byteArrayConverter,
  jsonConverter,
  simpleHeaderConverter,
  ...plainConverters,
]
export default plugins
