// SPDX-License-Identifier: Apache-2.0

// Asks Jetkeep for a backup of a stream, shows the job's events, and ends with 0 if the backup is complete: go run . STREAM
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"
)

type problem struct {
	Description string `json:"description"`
	Hint        string `json:"hint"`
}

type event struct {
	Percent float64  `json:"percent"`
	Error   *problem `json:"error"`
	Result  struct {
		ID       string `json:"id"`
		Messages uint64 `json:"messages"`
	} `json:"result"`
}

func backUp(stream string) error {
	url := os.Getenv("NATS_URL")
	if url == "" {
		url = nats.DefaultURL
	}
	connection, err := nats.Connect(url)
	if err != nil {
		return err
	}
	defer connection.Close()
	// With an id of one's own the events can be subscribed to before the request is sent, so that none is missed. The same id
	// twice begins one job: after a timeout the request may be sent again.
	job := "example-" + nuid.Next()
	events, err := connection.SubscribeSync("backup.*." + stream + "." + job)
	if err != nil {
		return err
	}
	request, _ := json.Marshal(map[string]string{"stream": stream, "job": job})
	reply, err := connection.Request("backup.request", request, 10*time.Second)
	if err != nil {
		return err
	}
	var answer struct {
		Error *problem `json:"error"`
	}
	if err := json.Unmarshal(reply.Data, &answer); err != nil {
		return err
	}
	if answer.Error != nil {
		return fmt.Errorf("%s %s", answer.Error.Description, answer.Error.Hint)
	}
	for {
		message, err := events.NextMsg(time.Minute)
		if err != nil {
			return err // nothing for a minute: ask backup.status for the job
		}
		var told event
		if err := json.Unmarshal(message.Data, &told); err != nil {
			return err
		}
		tokens := strings.Split(message.Subject, ".")
		switch kind := tokens[len(tokens)-3]; kind {
		case "progress":
			fmt.Printf("%.0f %%\n", told.Percent)
		case "completed":
			fmt.Printf("complete: backup %s, %d messages\n", told.Result.ID, told.Result.Messages)
			return nil
		case "failed", "cancelled":
			if told.Error == nil {
				return fmt.Errorf("%s", kind)
			}
			return fmt.Errorf("%s: %s", kind, told.Error.Description)
		}
	}
}

func main() {
	if err := backUp(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
