package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net"
	"os"
	"strings"
	"time"
)

// patience is how long a pod waits for its policies before its start fails, to be tried again.
const patience = 10 * time.Second

func listen(ctx context.Context, socket string) (net.Listener, error) {
	// One that was killed leaves its socket behind.
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = listener.Close() })
	return listener, nil
}

func (e *enforcer) serve(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer func() { _ = connection.Close() }()
			_ = connection.SetDeadline(time.Now().Add(patience + time.Second))
			line, err := bufio.NewReader(connection).ReadString('\n')
			if err != nil {
				log.Printf("a notice was cut off: %v", err)
				return
			}
			_, _ = fmt.Fprintln(connection, e.answer(strings.Fields(line)))
		}()
	}
}

// answer heeds "ADD NAMESPACE/POD ADDRESS" and "DEL NAMESPACE/POD ADDRESS".
func (e *enforcer) answer(words []string) string {
	switch {
	case len(words) == 3 && words[0] == "ADD":
		done := e.notices.Add(words[1], words[2])
		e.poke()
		select {
		case <-done:
			return "ok"
		case <-time.After(patience):
			return "the pod's policies are not in force yet"
		}
	case len(words) == 3 && words[0] == "DEL":
		e.notices.Remove(words[1], words[2])
		e.poke()
		return "ok"
	}
	return "no such notice: " + strings.Join(words, " ")
}
