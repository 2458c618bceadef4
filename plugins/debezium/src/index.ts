import { byLogicalTableRouter } from './by-logical-table-router.js'
import { extractNewRecordState } from './extract-new-record-state.js'

export default [extractNewRecordState, byLogicalTableRouter]
