namespace Ballast.ApiServer.Tests.Performance;

/// <summary>What the process as a whole is asked for: no other test may run meanwhile.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
