/**
 * What the log needs of a file system. The real one is `real-files.ts`; a test brings one that forgets what was not
 * synced. Errors keep Node's codes (`ENOSPC`, `ENOENT`, `EIO`). Paths are absolute.
 */
export interface FileLayer {
  /** `read` and `write` need the file to be there; `create` makes it or empties it. */
  open(path: string, mode: 'read' | 'write' | 'create'): Promise<LogFile>
  /** Makes the folder and those above it; success where it is there. */
  makeFolder(path: string): Promise<void>
  /** Makes the folder's entries durable: files made and removed in it. */
  syncFolder(path: string): Promise<void>
  /** Names in the folder, undefined where there is none. */
  list(path: string): Promise<readonly string[] | undefined>
  /** Size in bytes, undefined where there is no file. */
  size(path: string): Promise<number | undefined>
  /** Removes a file, or a folder with all in it; success where there is none. */
  remove(path: string): Promise<void>
}

export interface LogFile {
  /** Writes all of the buffers one behind the other from `position` on. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>
  /** Fills `target` from `position` on as far as the file goes; resolves with the number of bytes. */
  read(target: Uint8Array, position: number): Promise<number>
  /** Resolves when what was written is on the disk. */
  sync(): Promise<void>
  truncate(length: number): Promise<void>
  close(): Promise<void>
}
