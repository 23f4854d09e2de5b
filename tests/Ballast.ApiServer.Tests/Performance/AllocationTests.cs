using Ballast.Bench.Micro;

namespace Ballast.ApiServer.Tests.Performance;

/// <summary>No step of a request allocates more than it may: the same on every machine, whatever else that does.</summary>
public sealed class AllocationTests
{
    private const int Runs = 50;

    public static TheoryData<string> Names => [.. Operations.All.Select(o => o.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Stays_below_its_ceiling(string name)
    {
        var operation = Operations.All.Single(o => o.Name == name);
        for (var i = 0; i < Runs; i++) // what is made once, and kept, is made now
            operation.Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Runs; i++)
            operation.Run();
        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Runs;
        Assert.True(bytes <= operation.MostBytes, $"{name}: {bytes} bytes, and may have {operation.MostBytes}");
    }
}
