using Etcdserverpb;
using Google.Protobuf;
using Mvccpb;

namespace Ballast.Etcd;

internal sealed class KeyValueCalls(Calls calls) : IKeyValues
{
    /// <summary>Below no prefix that anyone uses; only the answer's revision is of interest.</summary>
    private static readonly RangeRequest RevisionProbe = new() { Key = ByteString.CopyFromUtf8("\0ballast"), CountOnly = true };

    public async Task<EtcdKeyValue?> GetAsync(string key, CancellationToken cancel, bool serializable)
    {
        var result = await RangeAsync(KeyRange.Single(key), new RangeOptions(Serializable: serializable), cancel).ConfigureAwait(false);
        return result.KeyValues.Count == 0 ? null : result.KeyValues[0];
    }

    public async Task<RangeResult> RangeAsync(KeyRange range, RangeOptions options, CancellationToken cancel)
    {
        var request = new RangeRequest
        {
            Key = Text(range.Start),
            RangeEnd = Text(range.End),
            Revision = options.Revision,
            Limit = options.Limit,
            Serializable = options.Serializable,
            CountOnly = options.CountOnly,
        };
        var response = await calls.ReadAsync((invoker, o) => new KV.KVClient(invoker).RangeAsync(request, o), cancel, requireLeader: !options.Serializable).ConfigureAwait(false);
        var found = new EtcdKeyValue[response.Kvs.Count];
        for (var i = 0; i < found.Length; i++)
            found[i] = From(response.Kvs[i]);
        return new RangeResult(found, response.Header.Revision, response.Count, response.More);
    }

    public async Task<long> CurrentRevisionAsync(CancellationToken cancel)
    {
        var response = await calls.ReadAsync((invoker, o) => new KV.KVClient(invoker).RangeAsync(RevisionProbe, o), cancel).ConfigureAwait(false);
        return response.Header.Revision;
    }

    public Task<TransactionResult> CreateAsync(string key, ReadOnlyMemory<byte> value, long lease, CancellationToken cancel) =>
        TransactAsync(key, k => new Compare { Key = k, Target = Compare.Types.CompareTarget.Mod, Result = Compare.Types.CompareResult.Equal, ModRevision = 0 }, Put(key, value, lease), cancel);

    public Task<TransactionResult> PutIfModRevisionAsync(string key, long modRevision, ReadOnlyMemory<byte> value, long lease, CancellationToken cancel) =>
        TransactAsync(key, k => new Compare { Key = k, Target = Compare.Types.CompareTarget.Mod, Result = Compare.Types.CompareResult.Equal, ModRevision = modRevision }, Put(key, value, lease), cancel);

    public Task<TransactionResult> PutIfVersionAsync(string key, long version, ReadOnlyMemory<byte> value, CancellationToken cancel) =>
        TransactAsync(key, k => new Compare { Key = k, Target = Compare.Types.CompareTarget.Version, Result = Compare.Types.CompareResult.Equal, Version = version }, Put(key, value, 0), cancel);

    public Task<TransactionResult> DeleteIfModRevisionAsync(string key, long modRevision, CancellationToken cancel) =>
        TransactAsync(key, k => new Compare { Key = k, Target = Compare.Types.CompareTarget.Mod, Result = Compare.Types.CompareResult.Equal, ModRevision = modRevision },
            new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = Text(key) } }, cancel);

    public Task CompactAsync(long revision, CancellationToken cancel) =>
        calls.WriteAsync((invoker, o) => new KV.KVClient(invoker).CompactAsync(new CompactionRequest { Revision = revision }, o), cancel);

    /// <summary>If the condition holds, the write; else the key as it is.</summary>
    private async Task<TransactionResult> TransactAsync(string key, Func<ByteString, Compare> condition, RequestOp write, CancellationToken cancel)
    {
        var bytes = Text(key);
        var request = new TxnRequest
        {
            Compare = { condition(bytes) },
            Success = { write },
            Failure = { new RequestOp { RequestRange = new RangeRequest { Key = bytes } } },
        };
        var response = await calls.WriteAsync((invoker, o) => new KV.KVClient(invoker).TxnAsync(request, o), cancel).ConfigureAwait(false);
        if (response.Succeeded)
            return new TransactionResult(true, response.Header.Revision, null);
        var current = response.Responses[0].ResponseRange.Kvs;
        return new TransactionResult(false, response.Header.Revision, current.Count == 0 ? null : From(current[0]));
    }

    private static RequestOp Put(string key, ReadOnlyMemory<byte> value, long lease) =>
        new() { RequestPut = new PutRequest { Key = Text(key), Value = UnsafeByteOperations.UnsafeWrap(value), Lease = lease } };

    internal static ByteString Text(string key) => ByteString.CopyFromUtf8(key);

    internal static EtcdKeyValue From(KeyValue kv) =>
        new(kv.Key.ToStringUtf8(), kv.Value.Memory, kv.ModRevision, kv.CreateRevision, kv.Version, kv.Lease);
}
