using BenchmarkDotNet.Attributes;

namespace Ballast.Bench.Micro;

/// <summary>Time and allocation of each operation.</summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class Benchmarks
{
    /// <summary>The operation's name.</summary>
    [ParamsSource(nameof(Names))]
    public string Operation { get; set; } = "";

    public static IEnumerable<string> Names => Operations.All.Select(o => o.Name);

    private Action _run = () => { };

    [GlobalSetup]
    public void Find() => _run = Operations.All.Single(o => o.Name == Operation).Run;

    [Benchmark]
    public void Run() => _run();
}
