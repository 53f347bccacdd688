// KrakenD's engine with its own router, proxy and encodings: what forwards and merges calls in KrakenD.
package main

import (
	"log"
	"os"

	"github.com/gin-gonic/gin"
	"github.com/luraproject/lura/v2/config"
	"github.com/luraproject/lura/v2/logging"
	"github.com/luraproject/lura/v2/proxy"
	krakend "github.com/luraproject/lura/v2/router/gin"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	service, err := config.NewParser().Parse(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	logger, err := logging.NewLogger("ERROR", os.Stderr, "")
	if err != nil {
		log.Fatal(err)
	}
	krakend.DefaultFactory(proxy.DefaultFactory(logger), logger).New().Run(service)
}
