module github.com/bring-aboard/usher/internal/interop/gitea

go 1.26
