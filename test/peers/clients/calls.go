// Go's net/http makes the calls: calls BASE REUSED_BASE PROXIED_URL. A line for each: its name, the status, what came, separated by tabs.
// PROXIED_URL is reached by HTTP_PROXY of the environment.
package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

var upload = strings.Repeat("x", 100_000)

type came func(response *http.Response, body []byte) string

func text(_ *http.Response, body []byte) string { return string(body) }

func digest(_ *http.Response, body []byte) string { return fmt.Sprintf("%x", sha256.Sum256(body)) }

func field(name string) came {
	return func(response *http.Response, _ []byte) string { return response.Header.Get(name) }
}

func send(client *http.Client, method, url string, body io.Reader, expect string) (*http.Response, []byte) {
	request, err := http.NewRequest(method, url, body)
	if err != nil {
		log.Fatal(err)
	}
	if expect != "" {
		request.Header.Set("Expect", expect)
	}
	response, err := client.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	received, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	return response, received
}

func call(client *http.Client, name, method, url string, body io.Reader, tell came) {
	response, received := send(client, method, url, body, "")
	fmt.Printf("%s\t%d\t%s\n", name, response.StatusCode, tell(response, received))
}

// Without a length that it can see, the client sends chunks.
type stream struct{ io.Reader }

// A client that got no 100 would wait longer than it may take.
func continued(url string) {
	transport := &http.Transport{ExpectContinueTimeout: 20 * time.Second}
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	response, received := send(client, "POST", url, strings.NewReader(upload), "100-continue")
	fmt.Printf("continue\t%d\t%s\n", response.StatusCode, received)
}

func overHTTP2(url string) {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: protocols}, Timeout: 30 * time.Second}
	call(client, "http2", "GET", url, nil, text)
	call(client, "http2-post", "POST", url, strings.NewReader(upload), text)
}

func reuse(base string) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: 30 * time.Second}
	statuses := []string{}
	for number := 1; number <= 10; number++ {
		response, _ := send(client, "GET", fmt.Sprintf("%s/through/%d", base, number), nil, "")
		statuses = append(statuses, fmt.Sprint(response.StatusCode))
	}
	fmt.Printf("reused\t%s\n", strings.Join(statuses, " "))
}

func main() {
	base, reused, proxied := os.Args[1], os.Args[2], os.Args[3]
	client := &http.Client{Timeout: 30 * time.Second}
	call(client, "local", "GET", base+"/local", nil, text)
	call(client, "get", "GET", base+"/through/get?a=b", nil, text)
	call(client, "post", "POST", base+"/through/post", strings.NewReader(upload), text)
	call(client, "chunked", "POST", base+"/through/chunked", stream{strings.NewReader(upload)}, text)
	continued(base + "/through/continue")
	call(client, "head", "HEAD", base+"/through/head", nil, field("Content-Length"))
	call(client, "not-found", "GET", base+"/nowhere", nil, field("X-Tandem-Flags"))
	call(client, "download", "GET", base+"/through/download", nil, digest)
	reuse(reused)
	overHTTP2(base + "/through/http2")
	call(client, "proxied", "GET", proxied, nil, text)
}
