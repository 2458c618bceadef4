/** Names in English, as Java has them. */

export const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** From Sunday. */
export const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

export const eras = ['BC', 'AD']

export const halves = ['AM', 'PM']

/** The first three letters. */
export const short = (name: string): string => name.slice(0, 3)
