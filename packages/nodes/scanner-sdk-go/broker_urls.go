package scannersdk

import (
	"errors"
	"math/rand"
	"net/url"
	"regexp"
	"strings"
)

var urlForm = regexp.MustCompile(`(?s)^(amqps?://(?:([^:@/?]*)[^@/?]*@)?)([^@/?]+)(.*)$`)

// brokerURLs has one URL for each host of amqp://user:password@host1:5672,host2:5672/vhost. A node starts at a random
// one and takes the next one for each connection.
type brokerURLs struct {
	urls []string
	next int
	// user is empty if the login is a certificate.
	user string
}

// newBrokerURLs returns errors without the password.
func newBrokerURLs(text string) (*brokerURLs, error) {
	found := urlForm.FindStringSubmatch(text)
	if found == nil {
		return nil, errors.New("must begin with amqp:// or amqps:// and name a host")
	}
	user, err := url.PathUnescape(found[2])
	if err != nil {
		return nil, errors.New("must have a user that is percent-encoded")
	}
	hosts := strings.Split(found[3], ",")
	b := &brokerURLs{next: rand.Intn(len(hosts)), user: user}
	for _, host := range hosts {
		b.urls = append(b.urls, found[1]+host+found[4])
	}
	return b, nil
}

func (b *brokerURLs) takeNext() string {
	b.next = (b.next + 1) % len(b.urls)
	return b.urls[b.next]
}
