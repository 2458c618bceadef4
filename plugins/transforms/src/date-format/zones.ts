/** Names of time zones in English, by minutes east of UTC: those that Java 17 and Java 25 both read, and alike. */
const namesByOffset: Readonly<Record<string, string>> = {
  '-660': 'Niue Time|SST',
  '-600':
    'Hawaii-Aleutian Standard Time|HST|Hawaii-Aleutian Daylight Time|HDT|HAST|Tahiti Time|Cook Islands Standard Time',
  '-570': 'Marquesas Time',
  '-540': 'Alaska Standard Time|AKST|HADT|Gambier Time',
  '-480': 'Pacific Standard Time|PST|Alaska Daylight Time|AKDT|Pitcairn Time|Pitcairn Daylight Time',
  '-420':
    'Pacific Daylight Time|PDT|Mountain Standard Time|MST|Mexican Pacific Standard Time|Mexican Pacific Daylight Time',
  '-360': 'Mountain Daylight Time|MDT|Central Standard Time|CST|Galapagos Time',
  '-300':
    'Central Daylight Time|CDT|Eastern Standard Time|EST|Peru Standard Time|Peru Summer Time|Colombia Standard Time|Colombia Summer Time|Cuba Standard Time|Acre Standard Time|Acre Summer Time|Ecuador Time',
  '-240':
    'Eastern Daylight Time|EDT|Atlantic Standard Time|AST|Amazon Standard Time|Amazon Summer Time|Guyana Time|Cuba Daylight Time|Bolivia Time|Venezuela Time|Chile Standard Time|Astrakhan Standard Time',
  '-210': 'Newfoundland Standard Time|NST',
  '-180':
    'Atlantic Daylight Time|ADT|Brasilia Standard Time|Brasilia Summer Time|Argentina Standard Time|Argentina Summer Time|French Guiana Time|Paraguay Standard Time|Paraguay Summer Time|St. Pierre & Miquelon Standard Time|Chile Summer Time|Falkland Islands Standard Time|Falkland Islands Summer Time|Uruguay Standard Time|Uruguay Summer Time|Suriname Time|Rothera Time|Punta Arenas Standard Time',
  '-150': 'Newfoundland Daylight Time|NDT',
  '-120':
    'Fernando de Noronha Standard Time|Fernando de Noronha Summer Time|St. Pierre & Miquelon Daylight Time|South Georgia Time|South Georgia Daylight Time',
  '-60': 'Azores Standard Time|Cape Verde Standard Time|Cape Verde Summer Time',
  '0': 'Greenwich Mean Time|Coordinated Universal Time|UTC|Western European Standard Time|WET|Azores Summer Time',
  '60': 'Central European Standard Time|CET|West Africa Standard Time|WAT|West Africa Summer Time|Irish Standard Time|British Summer Time|BST|Western European Summer Time|WEST',
  '120':
    'Central European Summer Time|CEST|Israel Standard Time|IST|Eastern European Standard Time|EET|Central Africa Time|CAT|South Africa Standard Time|SAST',
  '180':
    'Israel Daylight Time|IDT|Eastern European Summer Time|EEST|East Africa Time|EAT|Arabian Standard Time|Arabian Daylight Time|Moscow Standard Time|MSK|Moscow Summer Time|Syowa Time|Volgograd Standard Time|Volgograd Summer Time',
  '210': 'Iran Standard Time|Iran Daylight Time',
  '240':
    'Armenia Standard Time|Armenia Summer Time|Azerbaijan Standard Time|Azerbaijan Summer Time|Gulf Standard Time|Seychelles Time|Georgia Standard Time|Georgia Summer Time|Samara Standard Time|Samara Summer Time|Réunion Time|Mauritius Standard Time|Mauritius Summer Time|Saratov Standard Time|Ulyanovsk Standard Time',
  '270': 'Afghanistan Time',
  '300':
    'Pakistan Standard Time|PKT|Pakistan Summer Time|PKST|Atyrau Daylight Time|Turkmenistan Standard Time|Turkmenistan Summer Time|Tajikistan Time|Uzbekistan Standard Time|Uzbekistan Summer Time|French Southern & Antarctic Time|Mawson Time|Vostok Time|Yekaterinburg Standard Time|Yekaterinburg Summer Time',
  '330': 'India Standard Time',
  '345': 'Nepal Time',
  '360':
    'Bangladesh Standard Time|Bangladesh Summer Time|Omsk Standard Time|Omsk Summer Time|Kyrgyzstan Time|Bhutan Time|Indian Ocean Time',
  '390': 'Myanmar Time|Cocos Islands Time',
  '420':
    'Hovd Standard Time|Hovd Summer Time|Indochina Time|WIB|Davis Time|Krasnoyarsk Standard Time|Krasnoyarsk Summer Time|Novosibirsk Standard Time|Novosibirsk Summer Time|Christmas Island Time|Tomsk Standard Time|Tomsk Daylight Time|Barnaul Standard Time|Barnaul Daylight Time',
  '480':
    'China Standard Time|China Daylight Time|Philippine Standard Time|Philippine Summer Time|Irkutsk Standard Time|Irkutsk Summer Time|Malaysia Time|Central Indonesia Time|Hong Kong Standard Time|HKT|Hong Kong Summer Time|HKST|Singapore Standard Time|Ulaanbaatar Standard Time|Ulaanbaatar Summer Time|Australian Western Standard Time|AWST|Australian Western Daylight Time|AWDT',
  '525': 'Australian Central Western Standard Time|Australian Central Western Daylight Time',
  '540':
    'Japan Standard Time|JST|Japan Daylight Time|JDT|Yakutsk Standard Time|Yakutsk Summer Time|Korean Standard Time|KST|Korean Daylight Time|WIT|WITA|Palau Time',
  '570': 'Australian Central Standard Time|ACST|Australian Central Daylight Time|ACDT',
  '600':
    'Australian Eastern Standard Time|AEST|Chuuk Time|Chamorro Standard Time|ChST|Vladivostok Standard Time|Vladivostok Summer Time|Papua New Guinea Time',
  '630': 'Lord Howe Standard Time',
  '660':
    'Australian Eastern Daylight Time|AEDT|Solomon Islands Time|Magadan Standard Time|Magadan Summer Time|Sakhalin Standard Time|Sakhalin Summer Time|Vanuatu Standard Time|Vanuatu Summer Time|Kosrae Time|New Caledonia Standard Time|New Caledonia Summer Time|Norfolk Island Standard Time|Lord Howe Daylight Time|Bougainville Standard Time|Bougainville Daylight Time|Srednekolymsk Daylight Time',
  '720':
    'New Zealand Standard Time|NZST|Anadyr Standard Time|Anadyr Summer Time|Fiji Standard Time|Fiji Summer Time|Wake Island Time|Nauru Time|Marshall Islands Time|Gilbert Islands Time|Norfolk Island Daylight Time|Tuvalu Time',
  '765': 'Chatham Standard Time',
  '780': 'New Zealand Daylight Time|NZDT|Tokelau Time|Phoenix Islands Time|Tonga Standard Time|Tonga Summer Time',
  '825': 'Chatham Daylight Time',
  '840': 'Line Islands Time',
}

/** By name in small letters; none begins another. */
export const zones: readonly (readonly [name: string, minutes: number])[] = Object.entries(namesByOffset).flatMap(
  ([minutes, names]) => names.split('|').map(name => [name.toLowerCase(), Number(minutes)] as const),
)
