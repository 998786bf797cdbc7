package scannersdk

import (
	"slices"
	"testing"
)

func TestTheURLsOfABrokerAreOneForEachHostInTurn(t *testing.T) {
	urls, err := newBrokerURLs("amqps://user:p,w@a:5671,b:5671,c/vhost")
	if err != nil {
		t.Fatal(err)
	}
	taken := []string{urls.takeNext(), urls.takeNext(), urls.takeNext()}
	if urls.takeNext() != taken[0] {
		t.Error("the fourth is not the first")
	}
	slices.Sort(taken)
	due := []string{"amqps://user:p,w@a:5671/vhost", "amqps://user:p,w@b:5671/vhost", "amqps://user:p,w@c/vhost"}
	if !slices.Equal(taken, due) {
		t.Error(taken)
	}
}

func TestTheURLsOfABrokerNameAUserOrNone(t *testing.T) {
	for text, user := range map[string]string{"amqp://n%C3%B6de:p@a": "n\u00f6de", "amqps://a": ""} {
		if urls, err := newBrokerURLs(text); err != nil || urls.user != user {
			t.Error(text, urls, err)
		}
	}
}

func TestURLsWithoutAHostOrASchemeAreRefused(t *testing.T) {
	for _, text := range []string{"", "a:5672", "http://a", "amqp://", "amqp:///vhost"} {
		if _, err := newBrokerURLs(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}
