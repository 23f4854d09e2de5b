namespace Ballast.ApiServer.Storage;

/// <summary>One change of one object, made once and shared by every watcher and by the window of past events.</summary>
/// <param name="Object">After the change; for a removal the last state, at the removal's revision.</param>
/// <param name="Previous">Before the change; null for a creation.</param>
/// <param name="IsDelete">Whether the object was removed.</param>
internal sealed record Change(StoredObject Object, StoredObject? Previous, bool IsDelete)
{
    public long Version => Object.Version;

    /// <summary>What a watcher that no longer sees the object gets: its last look, at this change's revision.</summary>
    private StoredObject PreviousAtThisVersion => field ??= Previous!.AtVersion(Version);

    /// <summary>The change as a watcher with <paramref name="predicate"/> sees it; false where it sees none.</summary>
    public bool TryProject(Func<StoredObject, bool>? predicate, out WatchEvent seen)
    {
        var before = Previous is not null && (predicate is null || predicate(Previous));
        var after = !IsDelete && (predicate is null || predicate(Object));
        seen = (before, after) switch
        {
            (false, true) => new WatchEvent(WatchEventType.Added, Object, Version),
            (true, true) => new WatchEvent(WatchEventType.Modified, Object, Version),
            (true, false) => new WatchEvent(WatchEventType.Deleted, IsDelete ? Object : PreviousAtThisVersion, Version),
            (false, false) => default,
        };
        return before || after;
    }
}
