namespace Ballast.ApiServer.Registry.Core;

internal sealed class ServiceAccountStrategy : ResourceStrategy
{
    public ServiceAccountStrategy() => ReturnsDeletedObject = true;
}
