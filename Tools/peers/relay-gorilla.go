// A relay of TickRelay's shape on gorilla/websocket, as somebody who knows both would write it.
//
// Rooms are paths. A goroutine per connection reads inputs into its room's buffer; one goroutine ticks all rooms and sends
// each a prepared message. It writes straight to the connections: a goroutine per writer and a channel between would cost
// more. (So a reader that never reads would hold it up; nobody does that to it here.) No compression, no deadline per write.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	inputMost = 1024
	frameHead = 4
)

type room struct {
	mutex       sync.Mutex
	connections []*websocket.Conn
	seats       uint16
	inputs      []byte // of this tick, behind room for the head of the frame
	spare       []byte // of the tick before
	sending     []*websocket.Conn
}

type relay struct {
	mutex  sync.Mutex
	rooms  map[string]*room
	phases [][]*room
}

var upgrader = websocket.Upgrader{ReadBufferSize: 1024, WriteBufferSize: 1024, CheckOrigin: func(*http.Request) bool { return true }}

func (r *relay) room(name string) *room {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	found := r.rooms[name]
	if found == nil {
		found = &room{inputs: make([]byte, frameHead, 4096), spare: make([]byte, frameHead, 4096)}
		phase := len(r.rooms) % len(r.phases)
		r.phases[phase] = append(r.phases[phase], found)
		r.rooms[name] = found
	}
	return found
}

func (r *relay) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	connection, err := upgrader.Upgrade(writer, request, nil)
	if err != nil {
		return
	}
	connection.SetReadLimit(inputMost)
	room := r.room(request.URL.Path)
	room.serve(connection, room.join(connection))
}

func (m *room) join(connection *websocket.Conn) uint16 {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.connections = append(m.connections, connection)
	m.seats++
	return m.seats - 1
}

func (m *room) leave(connection *websocket.Conn) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for index, other := range m.connections {
		if other == connection {
			m.connections = append(m.connections[:index], m.connections[index+1:]...)
			break
		}
	}
	connection.Close()
}

// serve reads inputs until the connection ends. One buffer per connection, nothing allocated per message but what gorilla does.
func (m *room) serve(connection *websocket.Conn, seat uint16) {
	defer m.leave(connection)
	var buffer [2 + inputMost]byte
	binary.LittleEndian.PutUint16(buffer[:], seat)
	for {
		_, reader, err := connection.NextReader()
		if err != nil {
			return
		}
		length := 2
		for err == nil && length < len(buffer) {
			var got int
			got, err = reader.Read(buffer[length:])
			length += got
		}
		if err != io.EOF {
			return
		}
		m.mutex.Lock()
		m.inputs = append(m.inputs, buffer[:length]...)
		m.mutex.Unlock()
	}
}

func (m *room) tick(number uint32) {
	m.mutex.Lock()
	if len(m.inputs) == frameHead {
		m.mutex.Unlock()
		return
	}
	frame := m.inputs
	m.inputs, m.spare = m.spare[:frameHead], frame
	m.sending = append(m.sending[:0], m.connections...)
	m.mutex.Unlock()
	binary.LittleEndian.PutUint32(frame, number)
	message, err := websocket.NewPreparedMessage(websocket.BinaryMessage, frame)
	if err != nil {
		return
	}
	for _, connection := range m.sending {
		connection.WritePreparedMessage(message) // who is gone is noticed by its reader
	}
}

// run ticks for ever. Deadlines are multiples of a slot: a late one does not make the next ones late.
func (r *relay) run(rate int) {
	origin := time.Now()
	for slot := int64(0); ; slot++ {
		time.Sleep(time.Until(origin.Add(time.Duration(slot * int64(time.Second) / int64(rate*len(r.phases))))))
		r.mutex.Lock()
		due := r.phases[slot%int64(len(r.phases))]
		r.mutex.Unlock()
		for _, room := range due {
			room.tick(uint32(slot / int64(len(r.phases))))
		}
	}
}

func main() {
	port := flag.Int("port", 0, "where to listen; 0: any")
	rate := flag.Int("rate", 30, "ticks per second")
	phases := flag.Int("phases", 8, "slots over which the rooms are spread")
	flag.Parse()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		log.Fatal(err)
	}
	relay := &relay{rooms: map[string]*room{}, phases: make([][]*room, *phases)}
	go relay.run(*rate)
	fmt.Println("listening on", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, relay))
}
