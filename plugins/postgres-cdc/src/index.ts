import { postgresCdc } from './source.js'

export default [postgresCdc]
