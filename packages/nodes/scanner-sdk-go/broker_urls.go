package scannersdk

import (
	"errors"
	"math/rand"
	"regexp"
	"strings"
)

var urlForm = regexp.MustCompile(`(?s)^(amqps?://(?:[^@/?]*@)?)([^@/?]+)(.*)$`)

// brokerURLs has one URL for each host of amqp://user:password@host1:5672,host2:5672/vhost. A node starts at a random
// one and takes the next one for each connection.
type brokerURLs struct {
	urls []string
	next int
}

// newBrokerURLs returns errors without the password.
func newBrokerURLs(text string) (*brokerURLs, error) {
	found := urlForm.FindStringSubmatch(text)
	if found == nil {
		return nil, errors.New("must begin with amqp:// or amqps:// and name a host")
	}
	hosts := strings.Split(found[2], ",")
	b := &brokerURLs{next: rand.Intn(len(hosts))}
	for _, host := range hosts {
		b.urls = append(b.urls, found[1]+host+found[3])
	}
	return b, nil
}

func (b *brokerURLs) takeNext() string {
	b.next = (b.next + 1) % len(b.urls)
	return b.urls[b.next]
}
