/** The part of spdy-transport that is used: the preset dictionary of SPDY's header compression, by version. */
declare module 'spdy-transport/lib/spdy-transport/protocol/spdy/dictionary.js' {
  const dictionary: Record<'3', Buffer>
  export default dictionary
}
