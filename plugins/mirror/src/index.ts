import { mirrorSource } from './source.js'

export default [mirrorSource]
