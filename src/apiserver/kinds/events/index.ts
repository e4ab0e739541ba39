export { eventsOfGroup as Events } from './event.ts'
