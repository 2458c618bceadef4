/**
 * A value as the snapshot and the binlog both give it: whole numbers and floats as numbers where they are safe, else as text; bytes of binary
 * columns, bits and geometries; everything else as the server prints it, instants in UTC. A date that is none (`0000-00-00`) is null. The binlog also
 * gives decimals by their unscaled numbers, dates by days and other times by microseconds, since the epoch where they are not of a day: see `storedType`.
 */
export type Raw = string | number | bigint | Uint8Array
