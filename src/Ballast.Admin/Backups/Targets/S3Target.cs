using Ballast.Admin.Clusters;
using Minio;
using Minio.DataModel.Args;
using Minio.Exceptions;

namespace Ballast.Admin.Backups.Targets;

/// <summary>A bucket of a server that speaks S3's protocol. An object is there once the server has it whole: nothing needs a temporary name.</summary>
internal sealed class S3Target : IBackupTarget
{
    /// <summary>For one request: a small object, or one part of a large one.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>E_NOTIMPL: what the package throws where the server answers that it does not have this.</summary>
    private const int NotKnownToServer = unchecked((int)0x80004001);

    private readonly SocketsHttpHandler _connections;
    private readonly Uri _address;
    private readonly string _credentials;
    private readonly string _bucket;
    private readonly string _prefix;

    /// <param name="address">The bucket, as <c>https://HOST[:PORT]/BUCKET[/PREFIX]</c>.</param>
    /// <param name="credentials">The file of <see cref="S3Credentials"/>, read again for each call, so that they can be changed.</param>
    public S3Target(Uri address, string credentials)
    {
        Description = address.ToString().TrimEnd('/');
        (_address, _credentials) = (address, credentials);
        var path = address.AbsolutePath.Trim('/').Split('/', 2);
        _bucket = path[0];
        _prefix = path.Length > 1 ? path[1] + "/" : "";
        // What is on this machine is never behind a proxy.
        _connections = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10), UseProxy = !address.IsLoopback };
    }

    public string Description { get; }

    public Task<IReadOnlyList<BackupFile>> ListAsync(CancellationToken cancel) => Refused<IReadOnlyList<BackupFile>>(async s3 =>
    {
        var files = new List<BackupFile>();
        await foreach (var item in s3.ListObjectsEnumAsync(new ListObjectsArgs().WithBucket(_bucket).WithPrefix(_prefix), cancel))
        {
            if (!item.IsDir)
                files.Add(new(item.Key[_prefix.Length..], (long)item.Size, item.LastModifiedDateTime is { } at ? new DateTimeOffset(at.ToUniversalTime()) : DateTimeOffset.MinValue));
        }
        return [.. files.OrderBy(f => f.Name, StringComparer.Ordinal)];
    }, cancel);

    public Task WriteAsync(string name, Stream content, CancellationToken cancel) => Refused(async s3 =>
    {
        await s3.PutObjectAsync(new PutObjectArgs().WithBucket(_bucket).WithObject(_prefix + name).WithStreamData(content).WithObjectSize(content.Length - content.Position), cancel);
        return true;
    }, cancel);

    public Task<bool> ReadAsync(string name, Stream destination, CancellationToken cancel) => Refused(async s3 =>
    {
        try
        {
            await s3.GetObjectAsync(new GetObjectArgs().WithBucket(_bucket).WithObject(_prefix + name)
                .WithCallbackStream((content, token) => content.CopyToAsync(destination, token)), cancel);
            return true;
        }
        catch (ObjectNotFoundException)
        {
            return false;
        }
    }, cancel);

    // S3 answers the same whether it was there or not.
    public Task DeleteAsync(string name, CancellationToken cancel) => Refused(async s3 =>
    {
        await s3.RemoveObjectAsync(new RemoveObjectArgs().WithBucket(_bucket).WithObject(_prefix + name), cancel);
        return true;
    }, cancel);

    public Task RemoveUnfinishedAsync(DateTimeOffset before, CancellationToken cancel) => Refused(async s3 =>
    {
        var left = new List<string>();
        try
        {
            await foreach (var upload in s3.ListIncompleteUploadsEnumAsync(new ListIncompleteUploadsArgs().WithBucket(_bucket).WithPrefix(_prefix), cancel))
            {
                if (DateTimeOffset.TryParse(upload.Initiated, System.Globalization.CultureInfo.InvariantCulture, out var begun) && begun < before)
                    left.Add(upload.Key);
            }
        }
        catch (SystemException unknown) when (unknown.HResult == NotKnownToServer)
        {
            return true; // A server that does not list them ends them by a rule of the bucket's.
        }
        foreach (var name in left)
            await s3.RemoveIncompleteUploadAsync(new RemoveIncompleteUploadArgs().WithBucket(_bucket).WithObject(name), cancel);
        return true;
    }, cancel);

    public void Dispose() => _connections.Dispose();

    private async Task<T> Refused<T>(Func<IMinioClient, Task<T>> work, CancellationToken cancel)
    {
        var credentials = S3Credentials.Read(_credentials);
        using var http = new HttpClient(_connections, disposeHandler: false);
        using var s3 = new MinioClient().WithEndpoint(_address.Host, _address.Port).WithSSL(_address.Scheme == Uri.UriSchemeHttps)
            .WithCredentials(credentials.AccessKeyId, credentials.SecretAccessKey).WithHttpClient(http).WithTimeout((int)Patience.TotalMilliseconds).Build();
        try
        {
            return await work(s3);
        }
        catch (BucketNotFoundException)
        {
            throw new ClusterException($"the backup target {Description} cannot be used: there is no bucket {_bucket}") { Hint = "make the bucket, or name another" };
        }
        // The package's exceptions have no base in common.
        catch (Exception refused) when (refused is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            cancel.ThrowIfCancellationRequested();
            throw new ClusterException($"the backup target {Description} cannot be used: {refused.Message}");
        }
    }
}
