namespace Ballast.Bench.Micro;

/// <summary>A step of a request, small enough to be measured by itself.</summary>
/// <param name="Name">What it is.</param>
/// <param name="MostBytes">What one run may allocate; a test holds it to that.</param>
/// <param name="Run">May be run any number of times, each doing the same.</param>
internal sealed record Operation(string Name, long MostBytes, Action Run)
{
    public override string ToString() => Name;
}
