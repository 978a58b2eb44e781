// A player that walks in a circle and prints where the others are. It hears that the relay lives by the relay's pings: each is
// answered by a pong and moves the read deadline. When the deadline passes it connects anew, and comes back by token.
//
//	apt-get install golang-go golang-github-gorilla-websocket-dev
//	GO111MODULE=off GOPATH=$HOME/go:/usr/share/gocode go run Tools/examples/go/ping.go -name Gopher
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand"
	"time"

	"github.com/gorilla/websocket"
)

var (
	relay   = flag.String("relay", "ws://localhost:7777", "URL of the relay")
	room    = flag.String("room", "lobby", "name of the room")
	name    = flag.String("name", "Gopher", "how the others see you")
	silence = flag.Duration("silence", 5*time.Second, "how long the relay may be silent")
)

const (
	step        = 200 * time.Millisecond
	longestWait = 5 * time.Second
)

type object = map[string]any

// What of the relay's messages this program reads.
type message struct {
	Welcome *struct {
		Seat  int
		Token string
	}
	Entities, Changes map[string]object
}

// play is one connection, until it ends. The token is kept for the next.
func play(token *string) error {
	conn, _, err := websocket.DefaultDialer.Dial(*relay, nil)
	if err != nil {
		return err
	}
	defer conn.Close()
	heard := func() { conn.SetReadDeadline(time.Now().Add(*silence)) }
	conn.SetPingHandler(func(data string) error {
		heard()
		return conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
	})
	hello := object{"join": *room}
	if *token != "" {
		hello = object{"rejoin": *token}
	}
	if err := conn.WriteJSON(hello); err != nil {
		return err
	}
	ended := make(chan struct{})
	defer close(ended)
	for {
		heard()
		var said message
		if err := conn.ReadJSON(&said); err != nil {
			return err
		}
		if said.Welcome != nil {
			*token = said.Welcome.Token
			fmt.Println("in seat", said.Welcome.Seat)
			go walk(conn, ended)
		}
		show(said.Entities)
		show(said.Changes)
	}
}

// walk is the only one that writes messages after the first: gorilla allows one writer, and control messages beside it.
func walk(conn *websocket.Conn, ended chan struct{}) {
	for angle := 0.0; ; angle += 0.1 {
		place := object{"name": *name, "x": 50 + 40*math.Cos(angle), "y": 50 + 40*math.Sin(angle)}
		conn.SetWriteDeadline(time.Now().Add(*silence))
		if conn.WriteJSON(object{"set": place}) != nil {
			return // the reader sees the end, too
		}
		select {
		case <-ended:
			return
		case <-time.After(step):
		}
	}
}

func show(entities map[string]object) {
	for entity, fields := range entities {
		text, _ := json.Marshal(fields) // as JSON, for what others wrote may not steer this terminal
		fmt.Printf("%s %s\n", entity, text)
	}
}

func main() {
	flag.Parse()
	token, wait := "", 250*time.Millisecond
	for {
		began := time.Now()
		err := play(&token)
		log.Print("connection lost: ", err)
		var closed *websocket.CloseError
		if errors.As(err, &closed) {
			switch closed.Code {
			case 4002, 4017, 4020, 4022, 4023, 4024, 4030, 4031, 4032, 4033, 4034, 4035, 4036, 4037:
				return
			case 4012, 4013, 4014, 4015:
				token = ""
			}
		}
		if time.Since(began) > 5*time.Second {
			wait = 250 * time.Millisecond
		}
		time.Sleep(time.Duration(rand.Int63n(int64(wait))))
		if wait *= 2; wait > longestWait {
			wait = longestWait
		}
	}
}
