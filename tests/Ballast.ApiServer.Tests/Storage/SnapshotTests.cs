using Ballast.ApiServer.Storage;
using Ballast.ApiServer.Storage.Caching;
using CsCheck;

namespace Ballast.ApiServer.Tests.Storage;

public sealed class SnapshotTests
{
    private static StoredObject Make(int key, long version) => new($"ns{key % 7}/{key:00000}", version, ReadOnlyMemory<byte>.Empty);

    /// <summary>Any order of puts and removals gives what a sorted dictionary gives, and leaves earlier snapshots as they were.</summary>
    [Fact]
    public void Behaves_as_a_sorted_dictionary() =>
        Gen.Select(Gen.Int[0, 400], Gen.Bool).Array[0, 1500].Sample(operations =>
        {
            var model = new SortedDictionary<string, StoredObject>(StringComparer.Ordinal);
            var snapshot = Snapshot.Empty;
            (Snapshot Then, StoredObject[] Objects)? earlier = null;
            for (var i = 0; i < operations.Length; i++)
            {
                var made = Make(operations[i].Item1, i);
                if (operations[i].Item2)
                {
                    model[made.Key] = made;
                    snapshot = snapshot.With(made);
                }
                else if (model.Remove(made.Key))
                    snapshot = snapshot.Without(made.Key);
                if (i == operations.Length / 2)
                    earlier = (snapshot, [.. model.Values]);
            }
            Assert.Equal(model.Values, snapshot.Under("").Each());
            Assert.Equal(model.Count, snapshot.Count);
            Assert.Equal(model.Count, snapshot.Under("").Count);
            foreach (var (prefix, start) in new[] { ("ns3/", null), ("ns3/", "ns3/00150"), ("", "ns4/"), ("ns9/", null), ("ns0/", "ns5/x") })
            {
                var expected = model.Values.Where(o => o.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(o.Key, start ?? "") >= 0).ToArray();
                var range = snapshot.Under(prefix, start);
                Assert.Equal(expected, range.Each());
                Assert.Equal(expected.Length, range.Count);
                Assert.Equal(expected.Take(5), range.Take(Math.Min(5, range.Count)));
            }
            foreach (var key in Enumerable.Range(0, 400).Select(k => Make(k, 0).Key))
                Assert.Same(model.GetValueOrDefault(key), snapshot.Find(key));
            if (earlier is { } e)
                Assert.Equal(e.Objects, e.Then.Under("").Each());
        }, iter: 60);

    /// <summary>The prefix ends in one chunk, further in than the start stands in a later one.</summary>
    [Fact]
    public void A_start_past_the_prefix_leaves_nothing_wherever_the_chunks_end()
    {
        var keys = Enumerable.Range(0, 60).Select(i => $"ns0/{i:00}").Concat(Enumerable.Range(0, 60).Select(i => $"ns5/{i:00}"));
        var snapshot = Snapshot.From(keys.Select((key, i) => new StoredObject(key, i, ReadOnlyMemory<byte>.Empty)));
        var range = snapshot.Under("ns0/", "ns5/40");
        Assert.Equal(0, range.Count);
        Assert.Empty(range.Each());
        Assert.Empty(range.Take(range.Count));
    }

    [Fact]
    public void A_list_of_thousands_costs_its_references()
    {
        var snapshot = Snapshot.From(Enumerable.Range(0, 3000).Select(i => new StoredObject($"ns/{i:00000}", i, ReadOnlyMemory<byte>.Empty)));
        _ = snapshot.Under("ns/").Take(10);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var range = snapshot.Under("ns/");
        var taken = range.Take(range.Count);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(3000, taken.Length);
        Assert.True(allocated < 3000 * 8 + 500, $"{allocated} bytes");
    }

    [Fact]
    public void A_change_costs_a_chunk_however_many_objects_there_are()
    {
        var snapshot = Snapshot.From(Enumerable.Range(0, 100_000).Select(i => new StoredObject($"ns/{i:000000}", i, ReadOnlyMemory<byte>.Empty)));
        var added = new StoredObject("ns/050000x", 1, ReadOnlyMemory<byte>.Empty);
        _ = snapshot.With(added);
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = snapshot.With(added);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 16_000, $"{allocated} bytes");
    }
}
