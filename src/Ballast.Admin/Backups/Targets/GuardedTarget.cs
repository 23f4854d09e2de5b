using Ballast.Admin.Clusters;

namespace Ballast.Admin.Backups.Targets;

/// <summary>A target that is changed only while this process may: a leader that lost its lease, and does not know it yet, does nothing more to it.</summary>
internal sealed class GuardedTarget(IBackupTarget inner, Func<bool> mayWrite) : IBackupTarget
{
    public string Description => inner.Description;

    public Task<IReadOnlyList<BackupFile>> ListAsync(CancellationToken cancel) => inner.ListAsync(cancel);

    public Task<bool> ReadAsync(string name, Stream destination, CancellationToken cancel) => inner.ReadAsync(name, destination, cancel);

    public Task WriteAsync(string name, Stream content, CancellationToken cancel) => Guarded(() => inner.WriteAsync(name, content, cancel));

    public Task DeleteAsync(string name, CancellationToken cancel) => Guarded(() => inner.DeleteAsync(name, cancel));

    public Task RemoveUnfinishedAsync(DateTimeOffset before, CancellationToken cancel) => Guarded(() => inner.RemoveUnfinishedAsync(before, cancel));

    public void Dispose() => inner.Dispose();

    private Task Guarded(Func<Task> change) => mayWrite() ? change() : throw new ClusterException("nothing is changed: this process does not lead any more");
}
