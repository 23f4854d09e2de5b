using Ballast.ApiMachinery.Objects;

namespace Ballast.Fuzz;

/// <summary>Something that reads what a client sent: it may answer or refuse, and nothing else, without more memory than the input can need.</summary>
/// <param name="run">Refuses with a <see cref="StatusException"/> or a <see cref="FormatException"/>; every other exception is a fault.</param>
/// <param name="seeds">What the mutations start from.</param>
internal sealed class Target(Action<byte[]> run, params byte[][] seeds)
{
    private const long MostBytes = 256L << 20;

    public IReadOnlyList<byte[]> Seeds => seeds;

    public void Run(byte[] input)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            run(input);
        }
        catch (Exception refusal) when (refusal is StatusException or FormatException)
        {
        }
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > MostBytes)
            throw new InsufficientMemoryException($"{allocated} bytes for an input of {input.Length}");
    }
}
