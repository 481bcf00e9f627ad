package cli

import (
	"os"
	"os/exec"
	"testing"
)

// BenchmarkStartup measures runs of the built program and of a program with only cobra and viper. Run it as
//
//	go test ./internal/cli -run '^$' -bench Startup -benchtime 200x
func BenchmarkStartup(b *testing.B) {
	usher, err := program()
	if err != nil {
		b.Fatal(err)
	}
	bare, err := build("bare", "testdata/bare")
	if err != nil {
		b.Fatal(err)
	}
	home := b.TempDir()
	for _, subject := range []struct{ name, path, arg string }{
		{"bare/help", bare, "--help"},
		{"usher/help", usher, "--help"},
		{"bare/version", bare, "version"},
		{"usher/version", usher, "version"},
	} {
		b.Run(subject.name, func(b *testing.B) {
			for b.Loop() {
				command := exec.Command(subject.path, subject.arg)
				command.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
				if output, err := command.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, output)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/start")
		})
	}
}
