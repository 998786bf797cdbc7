module cyberstroll.example/command-node

go 1.21

require cyberstroll.example/scanner-sdk v0.0.0

require github.com/rabbitmq/amqp091-go v1.10.0 // indirect

replace cyberstroll.example/scanner-sdk => ../../scanner-sdk-go
