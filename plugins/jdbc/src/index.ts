import { jdbcSource } from './source/source.js'

export default [jdbcSource]
