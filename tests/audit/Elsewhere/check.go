// Command check reads statements about a log as JSON, one a line, and answers each with "accepted" or "refused: why".
// It knows nothing of KpTelemetry: notes and trees are checked by golang.org/x/mod alone.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type statement struct {
	Kind     string   `json:"kind"`
	Key      string   `json:"key"`
	Note     string   `json:"note"`
	From     int64    `json:"from"`
	FromRoot string   `json:"fromRoot"`
	Index    int64    `json:"index"`
	Leaf     []byte   `json:"leaf"`
	Size     int64    `json:"size"`
	Root     string   `json:"root"`
	Hashes   []string `json:"hashes"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	answers := bufio.NewWriter(os.Stdout)
	for lines.Scan() {
		var told statement
		err := json.Unmarshal(lines.Bytes(), &told)
		if err == nil {
			err = check(told)
		}
		if err == nil {
			fmt.Fprintln(answers, "accepted")
		} else {
			fmt.Fprintf(answers, "refused: %s\n", strings.ReplaceAll(err.Error(), "\n", " "))
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	answers.Flush()
}

func check(told statement) error {
	root, err := tlog.ParseHash(told.Root)
	if err != nil {
		return err
	}
	switch told.Kind {
	case "checkpoint":
		return checkpoint(told, root)
	case "inclusion":
		hashes, err := parse(told.Hashes)
		if err != nil {
			return err
		}
		return tlog.CheckRecord(hashes, told.Size, root, told.Index, tlog.RecordHash(told.Leaf))
	case "consistency":
		hashes, err := parse(told.Hashes)
		if err != nil {
			return err
		}
		old, err := tlog.ParseHash(told.FromRoot)
		if err != nil {
			return err
		}
		return tlog.CheckTree(hashes, told.Size, root, told.From, old)
	}
	return errors.New("no such kind")
}

// A signed note whose three first lines are origin, size and root, as they are said to be.
func checkpoint(told statement, root tlog.Hash) error {
	verifier, err := note.NewVerifier(told.Key)
	if err != nil {
		return err
	}
	opened, err := note.Open([]byte(told.Note), note.VerifierList(verifier))
	if err != nil {
		return err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[1] != strconv.FormatInt(told.Size, 10) || lines[2] != root.String() {
		return errors.New("another checkpoint")
	}
	return nil
}

func parse(texts []string) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(texts))
	for i, text := range texts {
		hash, err := tlog.ParseHash(text)
		if err != nil {
			return nil, err
		}
		hashes[i] = hash
	}
	return hashes, nil
}
