import type { Secret } from '../config/field.js'

/** What somebody may do with the REST API; who may write may read. */
export type Role = 'read' | 'write'

export const roles: readonly Role[] = ['read', 'write']

/** Who may log in. */
export interface User {
  readonly name: string
  readonly role: Role
  readonly password: UserPassword
}

/** Hashed: a PHC string that `parsePasswordHash` takes. Plain: the password itself, as Kafka Connect's file has it. */
export interface UserPassword {
  readonly kind: 'hashed' | 'plain'
  readonly secret: Secret
}
