/**
 * A value as the snapshot and the binlog both give it: whole numbers and floats as numbers where they are safe, else as text; bytes of binary
 * columns, bits and geometries; everything else as the server prints it, instants in UTC. A date that is none (`0000-00-00`) is null.
 */
export type Raw = string | number | Uint8Array
