// A token that opens Tenure's cancel flow. Go 1.18 or later, standard library only.
//
//	TENURE_CANCEL_KEY=ck_...:cs_... go run cancel_token.go acme sub_1
//	go run cancel_token.go --check vectors.json
//
// In your server: cancelToken(keyID, secret, payload), with the account and the subscription of
// whoever is signed in, never of what the browser says.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

// cancelToken gives a token for one click. Its payload is signed as a whole; what you leave out is
// filled in.
func cancelToken(keyID, secret string, payload map[string]any) (string, error) {
	nonce := make([]byte, 16)
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	whole := map[string]any{
		"mode":  "live",
		"exp":   time.Now().Unix() + 3600,
		"nonce": base64.RawURLEncoding.EncodeToString(nonce),
	}
	for name, value := range payload {
		whole[name] = value
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(whole); err != nil {
		return "", err
	}
	return sign(keyID, secret, strings.TrimSpace(text.String())), nil
}

// sign gives the token over these very bytes.
func sign(keyID, secret, payload string) string {
	signed := "tenure1." + keyID + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// check tells how many of the file's tokens come out otherwise.
func check(path string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	var file struct {
		Vectors []struct {
			KeyID   string `json:"key_id"`
			Secret  string `json:"secret"`
			Payload string `json:"payload"`
			Token   string `json:"token"`
		} `json:"vectors"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return 0, err
	}
	wrong := 0
	for _, v := range file.Vectors {
		if sign(v.KeyID, v.Secret, v.Payload) != v.Token {
			wrong++
		}
	}
	fmt.Printf("%d passed, %d failed\n", len(file.Vectors)-wrong, wrong)
	return wrong, nil
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "--check" {
		wrong, err := check(os.Args[2])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if wrong > 0 {
			os.Exit(1)
		}
		return
	}
	key := strings.SplitN(os.Getenv("TENURE_CANCEL_KEY"), ":", 2)
	if len(os.Args) != 3 || len(key) != 2 {
		fmt.Fprintln(os.Stderr, "TENURE_CANCEL_KEY=id:secret cancel_token ACCOUNT SUBSCRIPTION")
		os.Exit(2)
	}
	payload := map[string]any{"account": os.Args[1], "subscription": os.Args[2]}
	token, err := cancelToken(key[0], key[1], payload)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(token)
}
