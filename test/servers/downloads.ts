import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where what servers need is kept between runs. */
export const downloads = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'millrace-test-servers')
