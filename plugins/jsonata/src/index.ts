import { jsonataPredicate } from './predicate.js'
import { jsonataTransform } from './transform.js'

export default [jsonataTransform, jsonataPredicate]
