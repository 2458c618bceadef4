import { mariadbCdc, mysqlCdc } from './source.js'

export default [mysqlCdc, mariadbCdc]
