import type { Plugin } from 'millrace/plugin'
import { avroConverter } from './avro/converter.js'
import { jsonSchemaConverter } from './json/converter.js'

const plugins: readonly Plugin[] = [avroConverter, jsonSchemaConverter]
export default plugins
