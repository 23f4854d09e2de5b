namespace Ballast.Bench.Load.Workloads;

/// <summary>What the server's process holds when the load before is done.</summary>
internal sealed class MemoryWorkload : IWorkload
{
    public Work Work => Works.Memory;

    public async Task<Figures> RunAsync(Bench bench, CancellationToken cancel)
    {
        await bench.FillAsync(cancel);
        return new() { MebiBytes = bench.Processes.MebiBytes ?? throw new WorkloadException("the server's process is not on this machine; name it with --pid") };
    }
}
