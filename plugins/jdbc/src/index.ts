import { jdbcSink } from './sink/sink.js'
import { jdbcSource } from './source/source.js'

export default [jdbcSource, jdbcSink]
