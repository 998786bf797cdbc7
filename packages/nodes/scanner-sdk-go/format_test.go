package scannersdk

import (
	"bytes"
	"go/format"
	"os"
	"path/filepath"
	"testing"
)

func TestTheSourcesAreFormatted(t *testing.T) {
	files, _ := filepath.Glob("*.go")
	example, _ := filepath.Glob("../examples/go-node/*.go")
	if len(files) == 0 || len(example) == 0 {
		t.Fatal("no sources")
	}
	for _, file := range append(files, example...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if formatted, err := format.Source(text); err != nil || !bytes.Equal(formatted, text) {
			t.Errorf("%s: run gofmt -w (%v)", file, err)
		}
	}
}
