import type { Plugin } from 'millrace/plugin'
import { fileSink } from './sink.js'
import { fileSource } from './source.js'

const plugins: readonly Plugin[] = [fileSource, fileSink]
export default plugins
