// A relay of TickRelay's shape on node's `ws`, as somebody who knows both would write it.
//
// Rooms are paths. Inputs of a tick are copied into the room's buffer as they come; at the tick the room's frame is built and
// framed once, and the same bytes go to every socket. No timer per player, no compression, no events, no JSON.
'use strict'
const { WebSocketServer, Sender } = require('ws')

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}
const RATE = option('rate', 30)
const PHASES = option('phases', 8) // rooms are spread over a tick, so that it is no burst
const MOST_WAITING = 64 << 10 // bytes a reader may owe before it is skipped
const FRAMING = { fin: true, rsv1: false, opcode: 2, mask: false, readOnly: false }
const HEAD = 4

class Room {
  constructor () {
    this.sockets = []
    this.seats = 0
    this.inputs = Buffer.allocUnsafeSlow(4096)
    this.length = 0
  }

  take (seat, input) {
    const end = this.length + 2 + input.length
    if (end > this.inputs.length) this.inputs = Buffer.concat([this.inputs], Math.max(end, 2 * this.inputs.length))
    this.inputs.writeUInt16LE(seat, this.length)
    input.copy(this.inputs, this.length + 2)
    this.length = end
  }

  tick (number) {
    if (this.length === 0) return
    const payload = Buffer.allocUnsafe(HEAD + this.length)
    payload.writeUInt32LE(number >>> 0, 0)
    this.inputs.copy(payload, HEAD, 0, this.length)
    this.length = 0
    const framed = Buffer.concat(Sender.frame(payload, FRAMING))
    for (const socket of this.sockets) if (socket.writableLength < MOST_WAITING) socket.write(framed)
  }
}

const rooms = new Map()
const phases = Array.from({ length: PHASES }, () => [])

const roomOf = (name) => {
  let room = rooms.get(name)
  if (!room) {
    room = new Room()
    phases[rooms.size % PHASES].push(room)
    rooms.set(name, room)
  }
  return room
}

const server = new WebSocketServer({
  host: '127.0.0.1', port: option('port', 0), backlog: 4096, perMessageDeflate: false, clientTracking: false, maxPayload: 16384
})
server.on('connection', (client, request) => {
  const room = roomOf(request.url)
  const seat = room.seats++
  const socket = request.socket
  room.sockets.push(socket)
  client.on('message', (input) => room.take(seat, input))
  client.on('error', () => {})
  client.on('close', () => room.sockets.splice(room.sockets.indexOf(socket), 1))
})
server.on('listening', () => console.log('listening on', server.address().port))

// Deadlines are multiples of a slot: a late one does not make the next ones late.
const SLOT = 1000 / RATE / PHASES
const origin = performance.now()
let slot = 0
const run = () => {
  do {
    for (const room of phases[slot % PHASES]) room.tick(Math.floor(slot / PHASES))
    slot++
  } while (origin + slot * SLOT <= performance.now())
  setTimeout(run, origin + slot * SLOT - performance.now())
}
run()
process.on('SIGTERM', () => process.exit(0))
