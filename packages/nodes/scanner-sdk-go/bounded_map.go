package scannersdk

import "container/list"

// boundedMap has at most limit entries. The entry that was set first makes room for a new one.
type boundedMap[K comparable, V any] struct {
	limit   int
	entries map[K]*list.Element
	order   *list.List
}

type boundedEntry[K comparable, V any] struct {
	key   K
	value V
}

func newBoundedMap[K comparable, V any](limit int) *boundedMap[K, V] {
	return &boundedMap[K, V]{limit: limit, entries: map[K]*list.Element{}, order: list.New()}
}

func (m *boundedMap[K, V]) get(key K) (value V, isThere bool) {
	element, isThere := m.entries[key]
	if isThere {
		value = element.Value.(boundedEntry[K, V]).value
	}
	return value, isThere
}

func (m *boundedMap[K, V]) set(key K, value V) {
	m.remove(key)
	m.entries[key] = m.order.PushBack(boundedEntry[K, V]{key, value})
	if len(m.entries) > m.limit {
		m.remove(m.order.Front().Value.(boundedEntry[K, V]).key)
	}
}

func (m *boundedMap[K, V]) remove(key K) {
	if element, isThere := m.entries[key]; isThere {
		m.order.Remove(element)
		delete(m.entries, key)
	}
}
