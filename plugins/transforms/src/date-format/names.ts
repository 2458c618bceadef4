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

export const halves = ['AM', 'PM']

/** The first three letters. */
export const short = (name: string): string => name.slice(0, 3)

/** Time zones by name, in minutes east of UTC: UTC itself, and those of North America, which dates in mails and logs have. */
export const zones: Readonly<Record<string, number>> = {
  'Coordinated Universal Time': 0,
  UTC: 0,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
}
