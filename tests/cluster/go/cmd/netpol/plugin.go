package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// configuration is what the node hands to a plugin of a chain.
type configuration struct {
	Version  string          `json:"cniVersion"`
	Socket   string          `json:"socket"`
	Previous json.RawMessage `json:"prevResult"`
}

// plugin answers one command of the Container Network Interface and returns the exit code.
func plugin(command string, input io.Reader, output io.Writer) int {
	var config configuration
	if err := json.NewDecoder(input).Decode(&config); err != nil {
		return fail(output, config, "the configuration can't be read", err)
	}
	pod := podOf(os.Getenv("CNI_ARGS"))
	switch command {
	case "VERSION":
		_, _ = fmt.Fprintln(output, `{"cniVersion":"0.4.0","supportedVersions":["0.3.0","0.3.1","0.4.0","1.0.0"]}`)
	case "ADD":
		address, err := addressOf(config.Previous)
		if err == nil {
			err = tell(config.Socket, "ADD", pod, address)
		}
		if err != nil {
			return fail(output, config, "the pod's network policies can't be enforced", err)
		}
		_, _ = output.Write(config.Previous)
	case "DEL":
		// A pod must be able to go when its network is gone already, or nobody enforces policies.
		if address, err := addressOf(config.Previous); err == nil {
			_ = tell(config.Socket, "DEL", pod, address)
		}
	}
	return 0
}

func fail(output io.Writer, config configuration, what string, cause error) int {
	_ = json.NewEncoder(output).Encode(map[string]any{
		"cniVersion": config.Version, "code": 11, "msg": what, "details": cause.Error(),
	})
	return 1
}

// podOf is "NAMESPACE/POD" of the arguments, which are NAME=VALUE;NAME=VALUE.
func podOf(arguments string) string {
	values := map[string]string{}
	for _, argument := range strings.Split(arguments, ";") {
		if name, value, ok := strings.Cut(argument, "="); ok {
			values[name] = value
		}
	}
	return values["K8S_POD_NAMESPACE"] + "/" + values["K8S_POD_NAME"]
}

func addressOf(result json.RawMessage) (string, error) {
	var previous struct {
		IPs []struct {
			Address string `json:"address"`
		} `json:"ips"`
	}
	if err := json.Unmarshal(result, &previous); err != nil {
		return "", err
	}
	if len(previous.IPs) == 0 {
		return "", fmt.Errorf("the plugin before gave no address")
	}
	address, _, _ := strings.Cut(previous.IPs[0].Address, "/")
	return address, nil
}

func tell(socket string, words ...string) error {
	connection, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	if err := connection.SetDeadline(time.Now().Add(patience + 2*time.Second)); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(connection, strings.Join(words, " ")); err != nil {
		return err
	}
	answer, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil {
		return err
	}
	if answer = strings.TrimSpace(answer); answer != "ok" {
		return fmt.Errorf("%s", answer)
	}
	return nil
}
