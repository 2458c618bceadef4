import type { Plugin } from 'millrace/plugin'
import { avroConverter } from './avro/converter.js'

const plugins: readonly Plugin[] = [avroConverter]
export default plugins
