namespace Ballast.Admin.Phases;

/// <summary>A part of a phase that can be run alone, as kubeadm's: <c>init phase certs apiserver</c>.</summary>
/// <param name="name">kubeadm's name.</param>
/// <param name="title">What it does, as a short sentence.</param>
/// <param name="writes">The files and objects that it would write.</param>
/// <param name="run">Does it.</param>
internal sealed class PhasePart(string name, string title, Func<PhaseContext, IEnumerable<string>> writes, Func<PhaseContext, CancellationToken, Task> run) : IPhase
{
    /// <summary>For work that waits for nothing.</summary>
    public PhasePart(string name, string title, Func<PhaseContext, IEnumerable<string>> writes, Action<PhaseContext> run)
        : this(name, title, writes, (context, _) =>
        {
            run(context);
            return Task.CompletedTask;
        })
    {
    }

    public string Name => name;

    public string Title => title;

    public IEnumerable<string> Writes(PhaseContext context) => writes(context);

    public async Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        await run(context, cancel);
        return "";
    }
}
