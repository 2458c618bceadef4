import type { Plugin } from 'millrace/plugin'
import { avroConverter } from './avro/converter.js'
import { jsonSchemaConverter } from './json/converter.js'
import { protobufConverter } from './protobuf/converter.js'

const plugins: readonly Plugin[] = [avroConverter, jsonSchemaConverter, protobufConverter]
export default plugins
