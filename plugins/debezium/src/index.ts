import { byLogicalTableRouter } from './by-logical-table-router.js'
import { extractNewRecordState } from './extract-new-record-state.js'
import { eventRouter } from './outbox/event-router.js'

export default [extractNewRecordState, byLogicalTableRouter, eventRouter]
