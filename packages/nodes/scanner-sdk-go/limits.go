package scannersdk

// The numbers of the node contract.
const (
	contractVersion       = 1
	maxCapacity           = 9_500
	maxSubtasksPerJob     = 500
	maxAttempt            = 1_000_000
	maxExcludePorts       = 1_000
	maxUpdatesPerEnvelope = 500
	maxEnvelopeBytes      = 1_000_000
	maxCurrentTasks       = 10_000
	maxErrorMessageLength = 2_000
	maxOpenPorts          = 65_535
	maxServices           = 1_024
	maxServiceLength      = 512
	maxHostnames          = 100
	maxFindings           = 1_000
	maxFindingDataBytes   = 8_192
	maxStructureBytes     = 524_288
	maxVersionLength      = 50
	maxMethods            = 50
)
