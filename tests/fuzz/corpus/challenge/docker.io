Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/debian:pull"
