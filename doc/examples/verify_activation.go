// verify_activation ROOT.pem PRODUCT HARDWARE_ID FILE: verifies an activation of Licet as an
// application on that machine would, with github.com/fxamacker/cbor/v2 and
// golang.org/x/crypto/blake2b. What liblicet does beyond this is named in doc/verify.md.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"
	"golang.org/x/crypto/blake2b"
)

type signed struct {
	_                  struct{} `cbor:",toarray"`
	Protected          []byte
	Unprotected        map[int64]cbor.RawMessage
	Payload, Signature []byte
}

type header struct {
	Alg int64  `cbor:"1,keyasint"`
	Kid []byte `cbor:"4,keyasint"`
	Typ string `cbor:"16,keyasint"`
}

type claims struct {
	Aud     string                              `cbor:"3,keyasint"`
	Exp     *int64                              `cbor:"4,keyasint"`
	Nbf     int64                               `cbor:"5,keyasint"`
	Cti     []byte                              `cbor:"7,keyasint"`
	Cnf     map[int64]map[int64]cbor.RawMessage `cbor:"8,keyasint"`
	Private map[int64]cbor.RawMessage           `cbor:"-65537,keyasint"`
}

type license struct {
	ID      int64  `cbor:"1,keyasint"`
	Product string `cbor:"2,keyasint"`
	Until   *int64 `cbor:"4,keyasint"`
	Grace   int64  `cbor:"5,keyasint"`
}

// readSigned believes nothing before the signature by key holds.
func readSigned(message signed, typ string, key ed25519.PublicKey) (c claims, err error) {
	text, err := cbor.Marshal([]any{"Signature1", message.Protected, []byte{}, message.Payload})
	if err != nil {
		return c, err
	}
	if len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, text, message.Signature) {
		return c, fmt.Errorf("the signature of the %s does not match", typ)
	}
	var head header
	if err := cbor.Unmarshal(message.Protected, &head); err != nil {
		return c, err
	}
	kid := blake2b.Sum256(key)
	if head.Alg != -8 || !bytes.Equal(head.Kid, kid[:8]) || head.Typ != "application/licet-"+typ+"+cwt" {
		return c, fmt.Errorf("it is no %s", typ)
	}
	return c, cbor.Unmarshal(message.Payload, &c)
}

func parse(data []byte) (message signed, err error) {
	var tag cbor.RawTag
	if err = cbor.Unmarshal(data, &tag); err == nil && tag.Number != 18 {
		err = errors.New("not signed")
	}
	if err == nil {
		err = cbor.Unmarshal(tag.Content, &message)
	}
	return message, err
}

func validAt(c claims, now int64) bool {
	return c.Nbf <= now && (c.Exp == nil || now < *c.Exp)
}

func issuingKey(root ed25519.PublicKey, message signed, now int64) (key ed25519.PublicKey, err error) {
	var data []byte
	if err = cbor.Unmarshal(message.Unprotected[-65537], &data); err != nil {
		return nil, err
	}
	certificate, err := parse(data)
	if err != nil {
		return nil, err
	}
	c, err := readSigned(certificate, "keycert", root)
	if err != nil {
		return nil, err
	}
	var use int64
	if err = cbor.Unmarshal(c.Private[1], &use); err != nil {
		return nil, err
	}
	if use != 1 || !validAt(c, now) {
		return nil, errors.New("the signing key is not certified for this, or not now")
	}
	return key, cbor.Unmarshal(c.Cnf[1][-2], (*[]byte)(&key))
}

func verify(root ed25519.PublicKey, data []byte, product, hardwareID string, now int64) ([]license, error) {
	message, err := parse(data)
	if err != nil {
		return nil, err
	}
	key, err := issuingKey(root, message, now)
	if err != nil {
		return nil, err
	}
	c, err := readSigned(message, "activation", key)
	if err != nil {
		return nil, err
	}
	if c.Aud != product {
		return nil, errors.New("it is for " + c.Aud)
	}
	var device []byte
	if err = cbor.Unmarshal(c.Private[2], &device); err != nil {
		return nil, err
	}
	digest, _ := blake2b.New(16, nil)
	digest.Write([]byte("licet-hwid\x00" + hardwareID))
	if !bytes.Equal(device, digest.Sum(nil)) {
		return nil, errors.New("it is for another machine")
	}
	if !validAt(c, now) {
		return nil, errors.New("it is not valid yet, or its lease has ended")
	}
	var licenses []license
	return licenses, cbor.Unmarshal(c.Private[3], &licenses)
}

func run(rootFile, product, hardwareID, file string) error {
	text, err := os.ReadFile(rootFile)
	if err != nil {
		return err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return errors.New("the root is no PEM")
	}
	found, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return err
	}
	root, ok := found.(ed25519.PublicKey)
	if !ok {
		return errors.New("the root is no Ed25519 public key")
	}
	if text, err = os.ReadFile(file); err != nil {
		return err
	}
	armor := regexp.MustCompile(`-----BEGIN LICET ACTIVATION-----([A-Za-z0-9+/=\s]+)-----END`)
	match := armor.FindSubmatch(text)
	if match == nil {
		return errors.New("no activation is in the file")
	}
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(match[1])), ""))
	if err != nil {
		return err
	}
	now := time.Now().Unix()
	licenses, err := verify(root, data, product, hardwareID, now)
	if err != nil {
		return err
	}
	for _, l := range licenses {
		expired := l.Until != nil && *l.Until+l.Grace*3600 <= now
		fmt.Println(l.ID, l.Product, "expired:", expired)
	}
	return nil
}

func main() {
	if len(os.Args) != 5 {
		fmt.Println("usage: verify_activation ROOT.pem PRODUCT HARDWARE_ID FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Println("NOT VERIFIED:", err)
		os.Exit(1)
	}
}
