import type { ActorFactory } from './behavior.js'
import type { Reply } from './ref.js'
import type { AnyChildSpec, SupervisionPolicy } from './spec.js'

/** What an actor that only supervises understands. */
export type SupervisorMessage =
  | { readonly type: 'add'; readonly child: AnyChildSpec; readonly reply: Reply<void> }
  | { readonly type: 'remove'; readonly id: string; readonly reply: Reply<void> }
  | { readonly type: 'restart'; readonly id: string; readonly reply: Reply<void> }

/** An actor that starts `children`, supervises them, and takes more at run time. It has started when they have. */
export function supervisor(
  supervision: SupervisionPolicy,
  children: readonly AnyChildSpec[] = [],
): ActorFactory<SupervisorMessage> {
  return context => ({
    supervision,
    async started() {
      for (const child of children) context.spawn(child)
      await context.childrenStarted()
    },
    receive(message) {
      try {
        switch (message.type) {
          case 'add':
            context.spawn(message.child)
            return message.reply.ok()
          case 'remove':
            // Not awaited: a child may take its time to drain, and the others should not wait for it.
            void context.removeChild(message.id).then(() => message.reply.ok())
            return
          case 'restart':
            context.restartChild(message.id)
            return message.reply.ok()
        }
      } catch (error) {
        message.reply.fail(error)
      }
    },
  })
}
